using System.Diagnostics;
using System.Security.Cryptography;

namespace Winnow.Cli.Tests.Support;

/// <summary>A test that runs jobs of a Slurm cluster of this machine alone; skipped, with the reason in the report, where Debian's slurm-wlm and munge aren't installed or the tests don't run as root.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute() => Skip = SlurmNode.Missing!;
}

/// <summary>A Slurm cluster of one node: its own key, configuration and daemons in a folder, gone with it.</summary>
public sealed class SlurmNode : IDisposable
{
    private readonly string _folder;

    /// <param name="folder">Where everything of it lies.</param>
    public SlurmNode(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(At("state"));
        Directory.CreateDirectory(At("spool"));
        File.WriteAllBytes(At("munge.key"), RandomNumberGenerator.GetBytes(1024));
        Must("chmod", "400", At("munge.key"));
        var host = Run("hostname", "-s").Output.Trim();
        var (control, node) = (ProcessTests.FreePort(), ProcessTests.FreePort());
        File.WriteAllText(At("slurm.conf"), $"""
            ClusterName=winnow
            SlurmctldHost={host}(127.0.0.1)
            AuthType=auth/munge
            AuthInfo=socket={At("munge.sock")}
            CredType=cred/munge
            SlurmUser=root
            SlurmdUser=root
            SlurmctldPort={control}
            SlurmdPort={node}
            StateSaveLocation={At("state")}
            SlurmdSpoolDir={At("spool")}
            SlurmctldPidFile={At("slurmctld.pid")}
            SlurmdPidFile={At("slurmd.pid")}
            SlurmctldLogFile={At("slurmctld.log")}
            SlurmdLogFile={At("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            MpiDefault=none
            ReturnToService=2
            NodeName={host} NodeAddr=127.0.0.1 CPUs={Environment.ProcessorCount} State=UNKNOWN
            PartitionName=main Nodes={host} Default=YES State=UP MaxTime=INFINITE

            """);
        Must("munged", "--force", $"--socket={At("munge.sock")}", $"--key-file={At("munge.key")}", $"--pid-file={At("munged.pid")}", $"--log-file={At("munged.log")}", $"--seed-file={At("munge.seed")}");
        Must("slurmctld", "-f", At("slurm.conf"));
        Must("slurmd", "-f", At("slurm.conf"), "-N", host);
        for (var left = 300; !Run("sinfo", "-h", "-o", "%t").Output.StartsWith("idle", StringComparison.Ordinal); left--)
        {
            if (left == 0)
            {
                throw new InvalidOperationException($"the node doesn't come up: {File.ReadAllText(At("slurmctld.log"))}");
            }

            Thread.Sleep(100);
        }
    }

    /// <summary>Why there is none; null where there can be.</summary>
    public static string? Missing { get; } = Environment.UserName != "root" ? "needs root, to start Slurm's daemons"
        : new[] { "munged", "slurmctld", "slurmd", "sbatch" }.FirstOrDefault(static program => !new[] { "/usr/sbin", "/usr/bin" }.Any(folder => File.Exists(Path.Combine(folder, program)))) is { } missing
            ? $"needs {missing} (Debian's slurm-wlm and munge)" : null;

    /// <summary>Runs a script as an array job and waits for all its tasks; whether all ended well.</summary>
    public bool RunArray(string tasks, string script)
    {
        var file = At($"job{Guid.NewGuid():N}.sh");
        File.WriteAllText(file, "#!/bin/bash\n" + script);
        return Run("sbatch", "--wait", $"--array={tasks}", "--output=/dev/null", file).Code == 0;
    }

    public void Dispose()
    {
        foreach (var daemon in (string[])["slurmd", "slurmctld", "munged"])
        {
            if (File.Exists(At($"{daemon}.pid")))
            {
                _ = Run("kill", File.ReadAllText(At($"{daemon}.pid")).Trim());
            }
        }

        // They write until they are gone.
        for (var left = 100; left > 0 && File.Exists(At("slurmctld.pid")); left--)
        {
            Thread.Sleep(50);
        }
    }

    private void Must(string program, params string[] arguments)
    {
        var (code, output) = Run(program, arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program}: {output}");
        }
    }

    private (int Code, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = At("slurm.conf");
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
