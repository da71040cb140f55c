using System.ComponentModel;
using System.Diagnostics;

namespace Winnow.Training.Tests.Models;

/// <summary>A test against Python PyTorch (the variable PYTHON, else the system's python3); skipped, with the reason in the report, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonTorchFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_reason = new(() =>
        PythonTorch.Run("-c", "import torch").ExitCode == 0 ? null : $"no torch in {PythonTorch.Program}");

    public PythonTorchFactAttribute() => Skip = s_reason.Value!;
}

internal static class PythonTorch
{
    public static string Program { get; } = Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    public static (int ExitCode, string Output) Run(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
        }
        catch (Win32Exception)
        {
            return (-1, $"{Program} does not start");
        }
    }
}
