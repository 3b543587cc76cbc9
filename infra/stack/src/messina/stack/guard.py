"""Runs one program so that it never outlives the one who started it, as another user if asked.

Used as a script, by path and without our environment: it has to run before anything is set up.
A supervisor that is killed takes its children with it; without this they would live on,
holding ports and data folders, with nobody to stop them.

Variables that begin with what MESSINA_WITHOUT says are not handed on: a supervisor that must have
them can't withhold them.

Usage: guard.py SIGNAL USER|- PROGRAM [ARGUMENT...]
"""

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drops privileges, arranges for the death signal, becomes the program."""
    signal_name, user, *argv = sys.argv[1:]
    if withheld := os.environ.pop("MESSINA_WITHOUT", ""):
        for name in [name for name in os.environ if name.startswith(withheld)]:
            del os.environ[name]
    if user != "-":
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            sys.exit(f"guard: there is no account {user}; {argv[0]} was not started")
        os.setgroups([account.pw_gid])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ["HOME"] = account.pw_dir
    # After setuid: a change of credentials clears the setting (prctl(2)).
    parent = os.getppid()
    number = getattr(signal, f"SIG{signal_name}")
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died between the two calls
        sys.exit(1)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.exit(f"guard: {argv[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
