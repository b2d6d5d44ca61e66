# seesay - one space for pictures and words.
#
#	make            the program and the library, in $(O)
#	make check      all tests, a minute or two
#	make demo       the whole pipeline on the small world, ends with a page
#	make install    honours DESTDIR and PREFIX
#	make help       the other targets
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS, AR are yours; own flags are added after them,
# so results cannot be changed by accident (docs/numerics.md).

# Other makes stop here: the first line is an error to them, and says why.
ifdef THIS_NEEDS_GNU_MAKE_RUN_gmake
.error this Makefile needs GNU make: run gmake, or install it
endif

O = build
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR = $(PREFIX)/share/man
COMPDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
DOCDIR = $(PREFIX)/share/doc/seesay
VERSION = 0.2.0
# raised when a program compiled before would no longer run (src/seesay.h)
SOVERSION = 1
CC ?= cc
AR ?= ar
CFLAGS ?= -O2
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
LDCONFIG ?= ldconfig

# Where stb_image.h is: STB=dir, or pkg-config, or the usual places.
ifndef STB
STB := $(firstword $(patsubst -I%,%,$(filter -I%,$(shell $(PKG_CONFIG) \
	--cflags-only-I stb 2>/dev/null))) $(patsubst %/stb_image.h,%, \
	$(wildcard /usr/include/stb/stb_image.h /usr/include/stb_image.h \
	/usr/local/include/stb/stb_image.h /usr/local/include/stb_image.h \
	/opt/homebrew/include/stb/stb_image.h)))
endif

# := here and above: what the compiler takes is asked once, not per object
OWN_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 \
	-D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -pthread -ffp-contract=off \
	-fPIC -fvisibility=hidden \
	-Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes \
	-Wstrict-prototypes -Wcast-qual -Wvla -Wundef -Wformat=2 -Isrc -Isimd -I$(O)/made
# flags that only some compilers know: used where they are accepted
accepted = $(shell $(CC) -Werror $(1) -E -x c /dev/null >/dev/null 2>&1 && \
	echo $(1))
# keep floats as floats where C11 mode would not (s390x)
OWN_CFLAGS += $(call accepted,-fexcess-precision=fast)
# arrays of 16 floats split into scalars only cost gcc minutes here
OWN_CFLAGS_kernels_scalar := $(call accepted,-fno-tree-sra) \
	$(call accepted,-fno-var-tracking)
# Where a vector table does the work the plain one is only the definition:
# small code, a third of that of -O2, with the same bits.
ifneq ($(filter x86_64% amd64% aarch64% arm64%,$(shell $(CC) -dumpmachine \
	2>/dev/null)),)
OWN_CFLAGS_kernels_scalar += $(if $(filter -O2,$(CFLAGS)),-Os)
endif

SIMD = $(sort $(wildcard simd/*.c))
SRC = $(sort $(wildcard src/*/*.c src/*/*/*.c))
LIB_SRC = $(filter-out src/cli/%,$(SRC))
LIB_OBJ = $(patsubst %.c,$(O)/%.o,$(SIMD) $(LIB_SRC)) $(O)/made/embedded.o
CLI_OBJ = $(patsubst %.c,$(O)/%.o,$(filter src/cli/%,$(SRC)))
TEST_PROGRAMS = $(patsubst tests/%.c,$(O)/tests/%,$(sort \
	$(wildcard tests/test_*.c)))
CHECK_OBJ = $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/check*.c \
	tests/reference*.c tests/broken*.c)))
EMBEDDED = $(sort $(wildcard data/nets/*.net data/stop/*.txt src/web/*.html \
	src/web/*.css src/web/*.js docs/notices.txt))

all: $(O)/seesay $(O)/libseesay.a

V ?= 0
SHOW = @$(if $(filter 1,$(V)),,echo "  $(1)	$@";)

$(O)/seesay: $(CLI_OBJ) $(O)/libseesay.a
	$(call SHOW,link)$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $^ -lm

$(O)/libseesay.a: $(LIB_OBJ)
	$(call SHOW,ar)rm -f $@ && $(AR) rcs $@ $^

$(O)/%.o: %.c | $(O)/.stb
	@mkdir -p $(@D)
	$(call SHOW,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) \
		$(OWN_CFLAGS_$(*F)) -MMD -MP -c -o $@ $<

$(O)/made/%.o: $(O)/made/%.c
	$(call SHOW,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) -c -o $@ $<

# The one file that holds stb_image: see its top for why these flags.
OWN_CFLAGS_stb = -isystem $(STB) -w -fwrapv -fno-strict-aliasing
OWN_CFLAGS_test_jpeg = -isystem $(STB) -Wno-unused-function -fwrapv -fno-strict-aliasing

# Files the program carries inside: nets, stop lists, the page.
$(O)/made/embedded.c: tools/embed.sh $(EMBEDDED)
	@mkdir -p $(@D)
	$(call SHOW,embed)sh tools/embed.sh $(EMBEDDED) >$@.new && mv $@.new $@

$(O)/.stb: Makefile
	@mkdir -p $(O) && echo '*' >$(O)/.gitignore
	@test -n "$(STB)" -a -f "$(STB)/stb_image.h" || { \
	echo "stb_image.h was not found.  Install it:" >&2; \
	echo "  Debian, Ubuntu   apt install libstb-dev" >&2; \
	echo "  Fedora           dnf install stb-devel" >&2; \
	echo "  Arch             pacman -S stb" >&2; \
	echo "  Alpine           apk add stb" >&2; \
	echo "  FreeBSD          pkg install stb" >&2; \
	echo "  others           make STB=/folder/with/stb_image.h" >&2; \
	exit 1; }
	@touch $@

$(O)/tests/test_%: $(O)/tests/test_%.o $(O)/libseesay.a
	$(call SHOW,link)$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $^ -lm

# what the program says, which is no part of the library
$(O)/tests/test_log: $(O)/src/cli/log.o

$(O)/tests/checkkernels: $(CHECK_OBJ) $(O)/libseesay.a
	$(call SHOW,link)$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $^ -lm

tests: $(O)/seesay $(TEST_PROGRAMS) $(O)/tests/checkkernels
check: tests
	sh tests/run.sh $(O)

demo: $(O)/seesay
	$(O)/seesay demo $(O)/demo

signature: $(O)/tests/checkkernels
	$(O)/tests/checkkernels --signature

bench: $(O)/tests/checkkernels
	$(O)/tests/checkkernels --bench

lint:
	sh tools/lint.sh $(O)

# The whole test suite under a sanitizer, in a build folder of its own.
asan: export ASAN_OPTIONS = \
	detect_stack_use_after_return=1:strict_string_checks=1
# Frames that are watched for use after return lie at multiples of 32 bytes with
# gcc before 13.3, where vectors of 64 need 64 (its bug 110027).
asan:
	$(MAKE) O=$(O)/asan CFLAGS="-O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined,float-cast-overflow \
	-fno-sanitize-recover=all" OWN_CFLAGS_kernels_avx512="$(if \
	$(findstring clang,$(CC)),,--param asan-use-after-return=0)" check
tsan:
	$(MAKE) O=$(O)/tsan CFLAGS="-O1 -g -fsanitize=thread" check

# Every kernel table, compiler, optimisation level, thread count and machine.
matrix:
	sh tools/matrix.sh

install: all $(O)/made/libseesay.a $(O)/libseesay.so.$(SOVERSION) $(O)/made/seesay.pc $(O)/made/seesay.1
	mkdir -p $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig \
		$(INCLUDEDIR) $(MANDIR)/man1 $(COMPDIR) $(ZSHDIR) $(FISHDIR) \
		$(DOCDIR))
	cp $(O)/seesay $(DESTDIR)$(BINDIR)/seesay
	cp $(O)/made/libseesay.a $(DESTDIR)$(LIBDIR)/libseesay.a
	cp $(O)/libseesay.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/
	ln -sf libseesay.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libseesay.so
	cp src/seesay.h $(DESTDIR)$(INCLUDEDIR)/seesay.h
	cp $(O)/made/seesay.pc $(DESTDIR)$(LIBDIR)/pkgconfig/seesay.pc
	cp $(O)/made/seesay.1 $(DESTDIR)$(MANDIR)/man1/seesay.1
	cp docs/*.md docs/notices.txt $(DESTDIR)$(DOCDIR)/
	$(O)/seesay completion bash >$(DESTDIR)$(COMPDIR)/seesay
	$(O)/seesay completion zsh >$(DESTDIR)$(ZSHDIR)/_seesay
	$(O)/seesay completion fish >$(DESTDIR)$(FISHDIR)/seesay.fish
	$(TELL_LOADER)

# So that a program starts at once; a package, with DESTDIR, does it itself.
TELL_LOADER = $(if $(DESTDIR)$(filter-out Linux,$(shell uname)),, \
	PATH="$$PATH:/sbin:/usr/sbin" $(LDCONFIG) 2>/dev/null || :)

uninstall:
	rm -f $(addprefix $(DESTDIR),$(BINDIR)/seesay $(LIBDIR)/libseesay.a \
		$(LIBDIR)/libseesay.so $(LIBDIR)/libseesay.so.$(SOVERSION) \
		$(INCLUDEDIR)/seesay.h $(LIBDIR)/pkgconfig/seesay.pc \
		$(MANDIR)/man1/seesay.1 $(COMPDIR)/seesay $(ZSHDIR)/_seesay \
		$(FISHDIR)/seesay.fish)
	rm -rf $(DESTDIR)$(DOCDIR)

$(O)/libseesay.so.$(SOVERSION): $(LIB_OBJ)
	$(call SHOW,link)$(CC) $(CFLAGS) -shared -pthread $(LDFLAGS) \
		-Wl,-soname,libseesay.so.$(SOVERSION) -o $@ $^ -lm

# What is installed shows the public calls only, so that no name of ours can
# clash with a user's; $(O)/libseesay.a, for the tests, shows all.
$(O)/made/libseesay.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call SHOW,ar)rm -f $@; if command -v $(OBJCOPY) >/dev/null 2>&1; then \
		$(CC) -r -nostdlib -o $(O)/made/seesay.o $^ && \
		$(OBJCOPY) --localize-hidden $(O)/made/seesay.o && \
		$(AR) rcs $@ $(O)/made/seesay.o; \
	else $(AR) rcs $@ $^; fi

# always anew: PREFIX may be another
$(O)/made/seesay.pc: always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' \
		'includedir=$(INCLUDEDIR)' '' 'Name: seesay' \
		'Description: one space for pictures and words' \
		'Version: $(VERSION)' 'Cflags: -I$${includedir}' \
		'Libs: -L$${libdir} -lseesay' 'Libs.private: -lm -pthread' >$@

$(O)/made/seesay.1: $(O)/seesay
	@mkdir -p $(@D)
	$(O)/seesay man >$@

help:
	@sed -n '3,9s/^#	//p' Makefile
	@printf '%s\n' 'make asan | tsan   all tests under a sanitizer' \
		'make matrix        signatures on all machines (needs qemu)' \
		'make bench         kernels against the limits of the machine' \
		'make signature     the numbers of tests/signature.txt' \
		'make lint          form and direction of includes' \
		'make uninstall clean' \
		'V=1 shows commands, O=dir builds elsewhere, STB=dir has stb_image.h'

clean:
	rm -rf $(O)

# Objects of tests are kept, or each run would compile them again.
.SECONDARY:

.PHONY: always all tests check demo signature bench lint asan tsan matrix install \
	uninstall help clean
-include $(wildcard $(O)/*/*.d $(O)/*/*/*.d $(O)/*/*/*/*.d)
