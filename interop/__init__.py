"""Independent programs over our own documents and over other people's: run at test time, never shipped."""
