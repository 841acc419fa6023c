"""What the noise of superposition allows: capacity beforehand, probability afterwards."""
