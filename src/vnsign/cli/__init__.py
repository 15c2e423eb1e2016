"""The command line: one file a command. Results on stdout, everything else on stderr."""

import gc

# A command starts, imports a few hundred modules of long-lived objects, and ends: collecting while importing only costs time.
gc.set_threshold(50_000, 20, 50)
