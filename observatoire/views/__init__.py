"""The pages, one per file, in French. They read what is published and nothing else."""
