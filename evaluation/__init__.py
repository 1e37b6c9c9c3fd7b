"""Accuracy on labelled photographs, measured with the product's own code. Not part of the installed package."""
