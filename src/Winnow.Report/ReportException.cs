namespace Winnow.Report;

/// <summary>A run folder that no report can be made of, or a place where none may be written; the message says what helps.</summary>
public sealed class ReportException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True when writing failed on the way; false when what was given was refused.</summary>
    public bool Writing { get; init; }
}
