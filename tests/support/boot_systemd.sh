# A systemd of its own over a copy of this machine's files: what runs in it writes to
# memory alone. None of the machine's units are known to it: they would start as well,
# and one of them empties /tmp.
# usage, as root and in new namespaces: boot_systemd.sh COURSE FOLDER PYTHON
set -e
[ $$ = 1 ] || { echo "not in a namespace of its own"; exit 1; }
course=$1 folder=$2 python=$3
mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
cd "$folder"
mkdir changed work root
mount -t overlay overlay -o lowerdir=/,upperdir="$folder/changed",workdir="$folder/work" root
cd root
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
# Where all users can read it, as server_config.py asks; Python as well.
mkdir -p srv/course old
mount --bind "$course" srv/course
mount -o remount,bind,ro srv/course
pivot_root . old
umount -l old
while [ "$python" != / ]; do
    chmod o+x "$python"
    python=$(dirname "$python")
done
mkdir -p /run/lock /run/units
for unit in sysinit basic shutdown class; do
    printf '[Unit]\nDefaultDependencies=no\n' >/run/units/$unit.target
done
exec env -i container=other PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    SYSTEMD_UNIT_PATH=/run/units:/run/systemd/transient \
    /lib/systemd/systemd --system --log-target=console --show-status=0 --unit=class.target
