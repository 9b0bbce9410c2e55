"""Which kind of remote a connection needs."""

from __future__ import annotations

from loaders.config.connections import Connection, LocalConnection
from loaders.transport.interface import Destination, Remote


def open_remote(connection: Connection) -> Remote:
    """The remote of a connection, to be entered as a context manager; only then does it connect."""
    if isinstance(connection, LocalConnection):
        from loaders.transport.local_folder import LocalFolder

        return LocalFolder(connection.path)
    from loaders.transport.sftp import SftpRemote  # paramiko takes 0.2 s to import

    return SftpRemote(connection)


def open_destination(connection: Connection) -> Destination:
    """The same of a connection to which files are sent."""
    if isinstance(connection, LocalConnection):
        from loaders.transport.local_destination import LocalDestination

        return LocalDestination(connection.path)
    from loaders.transport.sftp_destination import SftpDestination

    return SftpDestination(connection)
