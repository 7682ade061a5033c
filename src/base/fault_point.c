#include "base/fault_point.h"

fault_point_f fault_point_listener;
