"""The words of other packages and papers, carried out by this one."""
