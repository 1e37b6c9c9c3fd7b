"""Aiming: what a technician sees on a phone while turning a camera, and the commissioning report."""
