"""Tell the topic's subscribers what no run tells."""

from __future__ import annotations

import os

from lambdas.shared.aws import sns_client


def tell(status: str, subject: str, message: str) -> None:
    """Publish a notice.

    Parameters
    ----------
    status : str
        What subscriptions filter by; docs/notices.md lists them all.
    subject : str
        ASCII without line breaks, at most 100 characters.
    message : str
    """
    sns_client().publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=subject,
        Message=message,
        MessageAttributes={"status": {"DataType": "String", "StringValue": status}},
    )
