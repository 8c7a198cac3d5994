/* SPDX-License-Identifier: MIT
   The revocation of frames between kernel and environment (abi/notice.hpp, env_reclaim and env_repossess in abi/syscalls.def,
   kernel/core/reclaim.cpp): a demand with a deadline, the environment's own list of unwired frames, force, and the
   repossession vector.

   One environment owns FRAMES frames; WIRED of them it is guaranteed. What force never takes are frames with a pin: those of rings,
   which stay, and those of disk commands, which the device always lets go of in the end. (A page table is to this protocol what
   a frame in a ring is.) The environment may do anything at any moment: map, unmap, share, pin, free, list frames of which
   some are not its own, or nothing for ever. It is not scheduled fairly on purpose: whatever has to happen must happen
   without it. Where force finds nothing that it may take, env_repossess says Busy, and who demands ends the environment.

   Every step of the kernel is one atomic block: it runs under the kernel lock. */

#ifndef FRAMES
#define FRAMES 3
#endif
#ifndef WIRED
#define WIRED 1
#endif

/* How many frames the environment can have pinned at once (its quotas of Pins and Commands). */
#ifndef PINS
#define PINS WIRED
#endif

/* Defects that the check must find (run does it): each breaks one rule. */
#ifndef DEFECT
#define DEFECT 0
#endif
#define MAY_MAP(f) (!leaving[f] || DEFECT == 1)   /* a chosen frame may be mapped again */
#define MAY_PIN(f) (!leaving[f] || DEFECT == 2)   /* a chosen frame may be pinned again */
#define WANTED (used > keep || DEFECT == 3)       /* force goes on when the demand is met */
#define MET (used <= keep && DEFECT != 4)         /* a demand that the environment met is not noticed */
#define OTHERS_TOO (DEFECT != 5)                  /* what others map stays for ever */
#define RECORD (DEFECT != 6)                      /* taken without a word */
#define LET_GO (DEFECT != 7)                      /* a frame that was not needed stays chosen */

#define MAY_REFUSE (PINS > WIRED && DEFECT != 8) /* more can be pinned than is guaranteed */

#define FREE 0
#define OWNED 1
#define GIVEN 2 /* to the one who demanded */

byte state[FRAMES];
bool mapped[FRAMES];  /* by the environment */
bool others[FRAMES];  /* mapped by another environment, by capability */
bool held[FRAMES];    /* pinned by a disk command in flight */
bool ring[FRAMES];    /* pinned for long */
bool leaving[FRAMES]; /* chosen: no new mapping, no new pin */
bool listed[FRAMES];  /* the environment says: take this one first */
byte used = 0;        /* frames that it owns */
byte pinned = 0;      /* held or in a ring */
byte amount = 0;      /* demanded */
byte keep = 0;        /* what the demand leaves it */
byte recorded = 0;    /* entries of the repossession vector */
byte taken = 0;
bool ended = false, done = false;

#define TAKEABLE(f) (state[f] == OWNED && !held[f] && !ring[f] && !leaving[f])

inline free_frame(f) {
  assert(!mapped[f] && !others[f] && !held[f] && !ring[f]); /* a frame changes hands with no mapping and no pin */
  state[f] = FREE;
  listed[f] = false;
  leaving[f] = false;
  used--
}

/* As many as are wanted, listed ones first, then any. Those that others map, left over from the last round, do not count:
   frames of its own alone go before them. `fresh`: chosen now. */
inline choose() {
  fresh = 0;
  for (i : 0 .. 2 * FRAMES - 1) {
    f = i % FRAMES;
    if
    :: TAKEABLE(f) && (listed[f] || i >= FRAMES) && used > keep + fresh -> leaving[f] = true; fresh++
    :: else
    fi
  }
  kept = 0;
  for (i : 0 .. FRAMES - 1) {
    kept = kept + leaving[i]
  }
  kept = kept - fresh;
  f = 0
}

/* No mapping of a chosen frame stays in the environment's own tables, or in those of all. */
inline sweep(all) {
  for (i : 0 .. FRAMES - 1) {
    if
    :: leaving[i] -> mapped[i] = false; others[i] = others[i] && !(all && OTHERS_TOO)
    :: else
    fi
  }
}

/* Takes those that nobody uses any more, while the demand is not met. */
inline take() {
  for (i : 0 .. FRAMES - 1) {
    if
    :: leaving[i] && !mapped[i] && !others[i] && !held[i] && !ring[i] && WANTED ->
       free_frame(i);
       state[i] = GIVEN;
       taken++;
       recorded = recorded + RECORD;
       assert(used >= keep && taken <= amount) /* no more than was demanded */
    :: else
    fi
  }
}

proctype Environment() {
  byte f;
  do
  :: atomic {
       !ended;
       select(f : 0 .. FRAMES - 1);
       if
       :: state[f] == OWNED && MAY_MAP(f) && !mapped[f] -> mapped[f] = true
       :: state[f] == OWNED && MAY_MAP(f) && !others[f] -> others[f] = true
       :: mapped[f] -> mapped[f] = false
       :: others[f] -> others[f] = false
       :: state[f] == OWNED && MAY_PIN(f) && !held[f] && !ring[f] && pinned < PINS -> held[f] = true; pinned++
       :: state[f] == OWNED && MAY_PIN(f) && !held[f] && !ring[f] && pinned < PINS -> ring[f] = true; pinned++
       :: ring[f] -> ring[f] = false; pinned--
       :: state[f] == OWNED && !mapped[f] && !others[f] && !held[f] && !ring[f] -> free_frame(f)
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
  :: atomic { held[f] -> held[f] = false; pinned-- }
  od
}

/* Who demands: first env_reclaim; then, when the deadline has come, which is any time later, env_repossess again and again until it
   answers Ok. */
proctype Manager() {
  byte i, f, fresh, kept;
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
    keep = used - amount
  }
  do
  :: atomic {
       MET ->
       /* met, by itself or by force: nothing that was chosen stays chosen */
       for (i : 0 .. FRAMES - 1) {
         leaving[i] = leaving[i] && !LET_GO;
         assert(!leaving[i])
       }
       assert(recorded == taken); /* the vector tells all of it */
       done = true;
       break
     }
  :: atomic { !MET -> choose() };
     if
     :: atomic { fresh > 0 -> sweep(false) };
        atomic { take() }
     :: atomic { fresh == 0 && kept > 0 -> sweep(true) };
        atomic { take() }
     :: atomic {
          fresh == 0 && kept == 0 -> /* Busy */
          assert(MAY_REFUSE); /* who cannot pin more than it is guaranteed cannot refuse, and is not ended */
          ended = true;
          done = true;
          break
        }
     fi
  od
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
    run Manager()
  }
}

/* The machine never waits for the environment: whatever it does or does not, the demand is met, or it is ended. */
ltl met { <> done }
