"""Generative adversarial networks: the documents' one, a conditional one, and a fair one."""
