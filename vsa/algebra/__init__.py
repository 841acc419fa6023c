"""The algebra: vectors, the spaces they belong to, and the array libraries that compute them."""
