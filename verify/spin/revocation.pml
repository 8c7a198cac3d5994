/* SPDX-License-Identifier: MIT
   The revocation of frames between kernel and environment (abi/notice.hpp, env_reclaim and env_repossess in abi/syscalls.def):
   a demand with a deadline, the environment's own list of unwired frames, force, and the repossession vector.

   One environment owns FRAMES frames. WIRED of them it is guaranteed, and no more than WIRED can be pinned for long (rings); a disk
   command pins a frame until the device lets go of it, which it always does in the end. The environment may do anything at any
   moment: map, unmap, pin, free, list frames of which some are not its own, or nothing for ever. It is not scheduled
   fairly on purpose: whatever has to happen must happen without it.

   Every step of the kernel is one atomic block: it runs under the kernel lock. */

#ifndef FRAMES
#define FRAMES 3
#endif
#ifndef WIRED
#define WIRED 1
#endif

/* Defects that the check must find (run does it): each breaks one rule. */
#ifndef DEFECT
#define DEFECT 0
#endif
#define MAY_MAP(f) (!leaving[f] || DEFECT == 1)  /* a chosen frame may be mapped again */
#define MAY_PIN(f) (!leaving[f] || DEFECT == 2)  /* a chosen frame may be pinned again */
#define RINGS (DEFECT == 3 -> FRAMES : WIRED)    /* more pinned for long than guaranteed */
#define MET (used <= keep && DEFECT != 4)        /* a demand that the environment met is not noticed */
#define CHOSEN (DEFECT == 5 -> 0 : out)          /* frames on their way out are not counted */
#define RECORD (DEFECT != 6)                     /* taken without a word */

#define FREE 0
#define OWNED 1
#define GIVEN 2 /* to the one who demanded */

byte state[FRAMES];
bool mapped[FRAMES];  /* by the environment */
bool held[FRAMES];    /* pinned by a disk command in flight */
bool ring[FRAMES];    /* pinned for long */
bool leaving[FRAMES]; /* chosen: no new mapping, no new pin */
bool listed[FRAMES];  /* the environment says: take this one first */
byte used = 0;        /* frames that it owns */
byte rings = 0;       /* of its quota of pins */
byte amount = 0;      /* demanded */
byte keep = 0;        /* what the demand leaves it */
byte recorded = 0;    /* entries of the repossession vector */
byte taken = 0;
bool demanded = false, late = false, done = false;

inline free_frame(f) {
  assert(!mapped[f] && !held[f] && !ring[f]); /* a frame changes hands with no mapping and no pin */
  state[f] = FREE;
  listed[f] = false;
  leaving[f] = false;
  used--
}

/* Frames on their way out count as gone already when the kernel chooses: else it would choose too many.
   Listed ones go first, then any; those in rings never, which WIRED pays for. */
inline choose() {
  out = 0;
  for (i : 0 .. FRAMES - 1) {
    out = out + leaving[i]
  }
  if
  :: used > keep + CHOSEN ->
     f = 0;
     do
     :: f < FRAMES && !(listed[f] && state[f] == OWNED && !ring[f] && !leaving[f]) -> f++
     :: else -> break
     od;
     if
     :: f == FRAMES ->
        f = 0;
        do
        :: f < FRAMES && !(state[f] == OWNED && !ring[f] && !leaving[f]) -> f++
        :: else -> break
        od
     :: else
     fi;
     assert(f < FRAMES); /* there is always one: no more are pinned for long than are guaranteed */
     leaving[f] = true
  :: else
  fi;
  f = 0
}

/* No mapping of a chosen frame stays. */
inline sweep() {
  for (i : 0 .. FRAMES - 1) {
    if
    :: leaving[i] -> mapped[i] = false
    :: else
    fi
  }
}

/* Takes one that nobody uses any more, if the demand is not met meanwhile. */
inline take() {
  f = 0;
  do
  :: f < FRAMES && !(leaving[f] && !mapped[f] && !held[f]) -> f++
  :: else -> break
  od;
  if
  :: f < FRAMES && used > keep ->
     free_frame(f);
     state[f] = GIVEN;
     taken++;
     recorded = recorded + RECORD;
     assert(used >= keep && taken <= amount) /* no more than was demanded */
  :: else
  fi;
  f = 0
}

proctype Environment() {
  byte f;
  do
  :: atomic {
       select(f : 0 .. FRAMES - 1);
       if
       :: state[f] == OWNED && MAY_MAP(f) && !mapped[f] -> mapped[f] = true
       :: state[f] == OWNED && mapped[f] -> mapped[f] = false
       :: state[f] == OWNED && MAY_PIN(f) && !held[f] -> held[f] = true
       :: state[f] == OWNED && !leaving[f] && !ring[f] && rings < RINGS -> ring[f] = true; rings++
       :: ring[f] -> ring[f] = false; rings--
       :: state[f] == OWNED && !leaving[f] && !mapped[f] && !held[f] && !ring[f] -> free_frame(f)
       :: listed[f] = !listed[f] /* its own memory: true or not, as it likes */
       fi;
       f = 0
     }
  :: break /* never does anything again */
  od
}

/* One for each frame: it lets go in the end, whatever else happens. */
proctype Device(byte f) {
end:
  do
  :: atomic { held[f] -> held[f] = false }
  od
}

proctype Clock() {
  demanded;
  late = true
}

/* Who demands: first env_reclaim, then env_repossess again and again until it answers Ok. */
proctype Manager() {
  byte i, out, f;
  atomic {
    /* amount <= used - wired */
    if
    :: used > WIRED -> select(amount : 1 .. FRAMES - WIRED);
       if
       :: amount > used - WIRED -> amount = used - WIRED
       :: else
       fi
    :: else -> amount = 0
    fi;
    keep = used - amount;
    demanded = true
  }
  late;
  do
  :: atomic {
       MET ->
       /* met, by itself or by force: nothing that was chosen stays chosen */
       for (i : 0 .. FRAMES - 1) {
         leaving[i] = false
       }
       assert(recorded == taken); /* the vector tells all of it */
       done = true;
       break
     }
  :: atomic { !MET -> choose() };
     atomic { sweep() };
     atomic { take() }
  od;
}

init {
  atomic {
    byte n;
    for (n : 0 .. FRAMES - 1) {
      state[n] = OWNED
    }
    used = FRAMES;
    run Environment();
    for (n : 0 .. FRAMES - 1) {
      run Device(n)
    }
    run Clock();
    run Manager()
  }
}

/* The machine never waits for the environment: whatever it does or does not, the demand is met. */
ltl met { <> done }
