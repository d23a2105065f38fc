"""Generative adversarial networks: the tutorial's one, a conditional one, and a fair one."""
