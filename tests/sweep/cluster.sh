#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Slurm cluster of this machine alone, on loopback, for tests: cluster.sh start|stop FOLDER PORT. Says why
# on standard error and ends with 77 if it cannot start.
set -u
folder="$2" port="$3"
host="$(hostname -s)"
export SLURM_CONF="$folder/slurm.conf" PATH="$PATH:/usr/sbin:/sbin"

skip() {
  echo "no Slurm here: $*" >&2
  exit 77
}

end() {
  local process
  process="$(cat "$folder/$1.pid" 2>/dev/null)" || return 0
  kill "$process" 2>/dev/null
  for _ in $(seq 50); do kill -0 "$process" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$process" 2>/dev/null
}

if [ "$1" = stop ]; then
  for daemon in slurmd slurmctld munged; do end "$daemon"; done
  exit 0
fi

for program in munged slurmctld slurmd sbatch squeue sinfo; do
  command -v "$program" >/dev/null || skip "$program is not installed (scripts/setup.sh installs it)"
done
[ "$(id -u)" -eq 0 ] || skip "its daemons are started as root only"
mkdir -p "$folder/state" "$folder/spool"
chmod 755 "$folder"
head -c 1024 /dev/urandom >"$folder/munge.key"
chmod 600 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.sock" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" || skip "munged does not start"
cat >"$SLURM_CONF" <<TEXT
ClusterName=vernier
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.sock
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldPort=$port
SlurmdPort=$((port + 1))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
TEXT
slurmctld -f "$SLURM_CONF" || { end munged; skip "slurmctld does not start"; }
slurmd -f "$SLURM_CONF" || { end slurmctld; end munged; skip "slurmd does not start"; }
for _ in $(seq 100); do
  sinfo --noheader --format=%T 2>/dev/null | grep -q idle && exit 0
  sleep 0.1
done
"$0" stop "$folder" "$port"
skip "its node does not become idle: $(tail -n 3 "$folder/slurmctld.log" "$folder/slurmd.log" 2>&1 | tr '\n' ' ')"
