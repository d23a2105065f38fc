"""A server of trimtab from Python: the same verbs, carried out there."""
