"""ASiC containers (EN 319 162-1): ASiC-S and ASiC-E, with XAdES, CAdES and time-stamps."""
