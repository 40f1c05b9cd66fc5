"""Labels and notes of the run spec's enumerated values, with the papers that introduce them."""

from skiplab.contract.fields import Choice

OPTIMIZER = {
    "sgd": Choice(label="SGD", note="with momentum."),
    "adam": Choice(label="Adam", source="Kingma and Ba 2015, arXiv:1412.6980"),
    "adamw": Choice(
        label="AdamW", note="Adam with decoupled weight decay.", source="Loshchilov and Hutter 2019, arXiv:1711.05101"
    ),
}

DECAY = {
    "all": Choice(label="All parameters"),
    "weights": Choice(label="Weights only", note="excludes biases and normalisation parameters."),
}

SCHEDULE = {
    "constant": Choice(label="Constant"),
    "step": Choice(label="Step", note="divides the learning rate by 10 at each milestone."),
    "cosine": Choice(
        label="Cosine",
        note="anneals the learning rate to 0 without restarts.",
        source="Loshchilov and Hutter 2017, arXiv:1608.03983",
    ),
    "onecycle": Choice(
        label="One-cycle",
        note="warm-up to the peak rate, then annealing to near 0.",
        source="Smith and Topin 2018, arXiv:1708.07120",
    ),
}

AUGMENT = {
    "none": Choice(label="None"),
    "crop_flip": Choice(
        label="Crop and flip",
        note="random crop after zero-padding by 4 pixels, and random horizontal flip.",
        source="He et al. 2016, arXiv:1512.03385",
    ),
    "trivial": Choice(
        label="TrivialAugment",
        note="crop and flip, then TrivialAugment (wide).",
        source="Müller and Hutter 2021, arXiv:2103.10158",
    ),
}

WEIGHTS = {
    "random": Choice(label="Random initialisation"),
    "published": Choice(
        label="Pretrained (torchvision)",
        note="needs the file of weights on the worker; the classifier head is re-initialised if the classes differ.",
    ),
}

PRECISION = {
    "auto": Choice(label="Auto", note="bf16 autocast on a GPU that supports it, otherwise fp32."),
    "fp32": Choice(label="fp32"),
    "bf16": Choice(label="bf16 autocast"),
}

COMPILE = {"off": Choice(label="Off"), "on": Choice(label="On", note="GPU only; slower for these networks on CPU.")}

TELEMETRY = {
    "layers": Choice(label="Layer statistics"),
    "classes": Choice(label="Confusion matrices"),
    "steps": Choice(label="Step losses"),
    "system": Choice(label="System load"),
}
