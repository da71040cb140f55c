using System.Globalization;

namespace Winnow.Torch.Distributed;

/// <summary>Which of several processes this is and where they meet, as torchrun's variables say it.</summary>
public sealed record RankEnvironment
{
    /// <summary>This process, in [0, <see cref="Size"/>).</summary>
    public required int Rank { get; init; }

    /// <summary>How many processes there are, on all machines together.</summary>
    public required int Size { get; init; }

    /// <summary>This process among those of its machine, in [0, <see cref="LocalSize"/>).</summary>
    public int LocalRank { get; init; }

    /// <summary>How many processes this machine has; 1 where the launcher doesn't say.</summary>
    public int LocalSize { get; init; } = 1;

    /// <summary>Name or address of rank 0's machine.</summary>
    public required string Host { get; init; }

    /// <summary>The port there at which ranks meet, in [0, 65535]; 0 lets rank 0 take a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Whether the launcher itself listens at that port with a store of c10d, as torchrun does; rank 0 does otherwise.</summary>
    public bool LauncherHasStore { get; init; }

    /// <summary>How often the launcher has started all ranks anew, from 0: what earlier ones left in its store isn't meant for these.</summary>
    public int LauncherAttempt { get; init; }

    /// <summary>Reads RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT and, where they are set, LOCAL_RANK and LOCAL_WORLD_SIZE.</summary>
    /// <param name="variable">Gives a variable's value or null, such as <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    /// <returns>Null when neither RANK nor WORLD_SIZE is set: no launcher started this process.</returns>
    /// <exception cref="RankSetupException">A variable is missing, no number, or out of range.</exception>
    public static RankEnvironment? Read(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (Text("RANK") is null && Text("WORLD_SIZE") is null)
        {
            return null;
        }

        var size = Number("WORLD_SIZE", 1, 65536) ?? throw Missing("WORLD_SIZE", "how many processes there are");
        var among = $" (WORLD_SIZE is {size}, and ranks begin at 0)";
        var rank = Number("RANK", 0, size - 1, among) ?? throw Missing("RANK", $"which of the {size} processes this is, from 0");
        var localSize = Number("LOCAL_WORLD_SIZE", 1, size) ?? 1;
        var localRank = Number("LOCAL_RANK", 0, size - 1, among) ?? 0;
        return new RankEnvironment
        {
            Rank = rank,
            Size = size,
            LocalRank = localRank,
            LocalSize = localSize,
            Host = size == 1 ? Text("MASTER_ADDR") ?? "localhost" : Text("MASTER_ADDR") ?? throw Missing("MASTER_ADDR", "the machine of rank 0"),
            Port = size == 1 ? 0 : Number("MASTER_PORT", 1, 65535) ?? throw Missing("MASTER_PORT", "a free port on the machine of rank 0"),
            LauncherHasStore = Text("TORCHELASTIC_USE_AGENT_STORE") is { } own && own.Equals("true", StringComparison.OrdinalIgnoreCase),
            LauncherAttempt = Number("TORCHELASTIC_RESTART_COUNT", 0, int.MaxValue) ?? 0,
        };

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        int? Number(string name, int least, int most, string because = "")
        {
            if (Text(name) is not { } text)
            {
                return null;
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                ? value
                : throw new RankSetupException($"the variable {name} is \"{text}\" and has to be a whole number in [{least}, {most}]{because}; correct it in what starts the ranks, or unset RANK and WORLD_SIZE to train in one process.");
        }

        static RankSetupException Missing(string name, string meaning) => new(
            $"the variable {name} ({meaning}) isn't set, while others that start a rank are; a launcher sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT for each process. Unset RANK and WORLD_SIZE to train in one.");
    }
}

/// <summary>Processes that can't become one group, found before anything was computed: the message states value, rule and remedy.</summary>
public sealed class RankSetupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A rank died, hangs, was cut off, failed, or never came; the run can't go on without it.</summary>
public sealed class RankLostException(int? rank, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The rank that was lost; null when it isn't known or several are missing.</summary>
    public int? Rank { get; } = rank;
}
