/* authgate doctor: runs the checks of lib/doctor and writes the report. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "lib/doctor/doctor.h"

/* For struct doctor's integrity: with --deep. */
doctor_check doctor_read_all;

#endif
