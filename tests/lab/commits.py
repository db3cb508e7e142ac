# SPDX-License-Identifier: GPL-2.0-or-later
"""commits.py REPOSITORY N BAD: on stdout, for git fast-import, N commits on top of branch "base", each of which adds a
comment to one of twelve files of KVM; commit BAD makes a fault 400 instructions longer as well."""
import pathlib
import sys

KVM = "arch/x86/kvm"
FILES = [f"{KVM}/mmu/{f}.c" for f in ("tdp_mmu", "mmu", "spte")] + [f"{KVM}/vmx/{f}.c" for f in ("tdx", "main")] + \
    [f"{KVM}/svm/{f}.c" for f in ("svm", "nested")] + [f"{KVM}/{f}.c" for f in ("x86", "lapic", "cpuid")] + \
    ["virt/kvm/kvm_main.c", "virt/kvm/eventfd.c"]

top, n, bad = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
text = {f: (top / f).read_bytes() for f in FILES}
out = sys.stdout.buffer
for i in range(1, n + 1):
    f = FILES[0 if i == bad else i % len(FILES)]
    if i == bad:
        text[f] = text[f].replace(b"\tkvm_mmu_hugepage_adjust(vcpu, fault);",
                                  b'\tasm volatile(".rept 400\\n\\tnop\\n\\t.endr");\n\tkvm_mmu_hugepage_adjust(vcpu, fault);')
    text[f] += b"/* change %d */\n" % i
    out.write(b"commit refs/heads/many\ncommitter t <t@example.org> %d +0000\ndata <<E\nchange %d\nE\n"
              % (1700000000 + i, i) + (b"from refs/heads/base\n" if i == 1 else b"") +
              b"M 644 inline %s\ndata %d\n%s\n" % (f.encode(), len(text[f]), text[f]))
