"""scikit-learn, looked for before anything here is made of it."""

from vsa.extras import needed

needed("sklearn", "vsa.learn", "learn")
