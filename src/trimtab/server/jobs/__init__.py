"""Work that takes longer than an answer: queued, carried out in processes, kept once."""
