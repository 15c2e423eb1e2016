"""Signing: signers, profiles, fitness of a certificate, sessions in two steps. Importing this package loads nothing else."""
