// Everything most programs need: a policy, a session, a verdict.
#pragma once

#include <cupel/evidence.hpp>
#include <cupel/policy.hpp>
#include <cupel/session.hpp>
#include <cupel/verdict.hpp>
#include <cupel/version.hpp>
