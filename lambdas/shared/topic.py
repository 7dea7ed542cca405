"""Notify the topic's subscribers of what no run reports."""

from __future__ import annotations

import os

from lambdas.shared.aws import sns_client
from lambdas.shared.findings.message import SUBJECT_LIMIT, one_line, visible


def notify(status: str, subject: str, message: str) -> None:
    """Publish a notification.

    Parameters
    ----------
    status : str
        What subscriptions filter by; docs/notifications.md lists them all.
    subject : str
        Made fit for SNS where a name in it is not.
    message : str
    """
    sns_client().publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=one_line(subject, SUBJECT_LIMIT),
        Message=visible(message),
        MessageAttributes={"status": {"DataType": "String", "StringValue": status}},
    )
