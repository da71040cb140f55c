using System.Runtime.CompilerServices;
using Winnow.Cli.Options;

namespace Winnow.Cli.Tests;

internal static class NoProbe
{
    /// <summary>Tests compare runs bit for bit, and what a probe finds on a busy machine may differ from one to the next. ProbeTests ask for it.</summary>
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable(SpeedOptions.Variable, "0");
}
