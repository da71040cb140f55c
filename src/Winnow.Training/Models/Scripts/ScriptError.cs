using System.Runtime.InteropServices;

namespace Winnow.Training.Models.Scripts;

/// <summary>What libtorch says of a script that failed: pages with the code, the addresses of its own functions, and in between a sentence.</summary>
internal static class ScriptError
{
    private const string Raised = "RuntimeError: ";

    /// <summary>The sentence, without a full stop.</summary>
    public static string Reason(ExternalException error)
    {
        var text = error.Message;

        // The interpreter tells where in the code first; what went wrong comes last.
        var start = text.LastIndexOf(Raised, StringComparison.Ordinal);
        var line = (start < 0 ? text : text[(start + Raised.Length)..]).Split('\n')[0].Trim();
        return line.TrimEnd('.', ':');
    }
}
