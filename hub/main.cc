#include "hub/cli/app.h"

int main(int argc, char** argv) { return hub::cli::Run(argc, argv); }
