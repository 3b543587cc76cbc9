"""How a session of this process speaks TLS."""

import ssl

from messina.pipeline import ScyllaTls
from messina.scylla.errors import TlsFilesUnusable


def tls_context(tls: ScyllaTls) -> ssl.SSLContext:
    """Return how connections are encrypted, of the files that a spec names.

    Raises:
        TlsFilesUnusable: if a file can't be read here, where connectors' workers read it too.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        files = [file for file in (tls.ca, tls.certificate, tls.key) if file]
        raise TlsFilesUnusable(files, str(error)) from error
    context.check_hostname = tls.verify_hostname
    return context
