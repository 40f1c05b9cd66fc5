"""What the parts of a run's environment are called: the worker keeps them by these names, the page shows the titles."""

TITLES = {
    "python": "Python",
    "platform": "Platform",
    "packages": "Package",
    "commit": "Commit of Skiplab",
    "numerics": "Numerics version",
    "device": "Device",
    "threads": "CPU threads",
    "precision": "Precision",
    "cudnn": "cuDNN",
    "cuda": "CUDA",
    "plugins": "Plugin",
    "plugin_files": "Plugin file",
    "plugin_packages": "Package of a plugin",
    "code_changes": "Code changes",
    "resume": "Resume",
}
