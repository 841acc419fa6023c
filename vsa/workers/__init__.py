"""What Dask needs on either end of the wire."""
