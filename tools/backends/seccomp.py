"""A seccomp filter, as the kernel takes it: what a program in the jail may not ask of the kernel.

Everything is allowed but the calls below, which fail with EPERM: new namespaces and mounts, sockets, looking into other
processes, kernel modules, keys, and interfaces that have often been a way out. Another architecture's calls kill.

Format: struct sock_filter of linux/filter.h; numbers from asm/unistd.h of each architecture.
"""

import errno
import platform
import struct

_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE, _MISSING = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NEW_USER = 0x10000000

# name: (x86_64, aarch64)
_DENIED = {
    "socket": (41, 198), "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224),
    "reboot": (169, 142), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "pidfd_getfd": (438, 438),
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, 0, 56), "aarch64": (0xC00000B7, 1, 220)}
_CLONE3 = 435
_OTHER_ABI = 0x40000000


def program(*, sockets: bool = False) -> bytes | None:
    """The filter for this machine, or None for an architecture whose numbers are not known here.

    `sockets` are let through only for a program that has a network of its own, such as the tests of a change.
    """
    known = _MACHINES.get(platform.machine())
    if known is None:
        return None
    architecture, column, clone = known
    lines = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    lines += [(0x35, 0, 1, _OTHER_ABI), (_RETURN, 0, 0, _KILL)]  # at or above: the x32 calls
    for name, numbers in _DENIED.items():
        if name == "socket" and sockets:
            continue
        lines += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _REFUSE)]
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _MISSING)]  # its flags are behind a pointer; libc falls back
    lines += [(_EQUAL, 0, 3, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_SET, 0, 1, _NEW_USER)]
    lines += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
