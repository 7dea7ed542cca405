"""Errors whose message a person may read: column names and row numbers, never a cell's value."""


class TrainingError(Exception):
    """A cause known to us; the message is complete and holds no value from the data."""


class ChannelError(TrainingError):
    """An input channel, or a file in it, is missing."""


class SchemaError(TrainingError):
    """``schema.json`` is not of the form this code knows."""


class TrainingDataError(TrainingError):
    """The rows can't be trained on."""


class HyperparameterError(TrainingError):
    """A hyperparameter is unknown or out of its range."""


class HostLostError(TrainingError):
    """Another host of the training job is gone."""


class UntrustedModelError(TrainingError):
    """A model file holds something other than what this code writes."""


class RequestError(Exception):
    """A request that can't be answered.

    Parameters
    ----------
    status : int
        HTTP status: 400 (body), 406 (Accept), 413 (rows) or 415 (Content-Type).
    message : str
        What is wrong and where, without any value of the request.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
