namespace Winnow.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed while running.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or bad input; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>A record or file of the input can't be read: running again won't help before it is corrected.</summary>
    public const int BadRecord = 3;

    /// <summary>Interrupted; what there was has been saved.</summary>
    public const int Interrupted = 130;
}
