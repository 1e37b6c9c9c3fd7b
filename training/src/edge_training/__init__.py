"""Trains the networks that edge-alpr ships: rendered plates, licensed photographs, two CPU cores."""
