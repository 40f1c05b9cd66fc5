"""The GPU process: claims runs, trains each in a process of its own, writes what it measures."""
