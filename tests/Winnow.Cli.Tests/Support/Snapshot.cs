using System.Runtime.CompilerServices;

namespace Winnow.Cli.Tests.Support;

/// <summary>Compares a text with a file beside the tests; WINNOW_UPDATE_SNAPSHOTS=1 writes the file instead.</summary>
public static class Snapshot
{
    public static void Matches(string name, string text, [CallerFilePath] string caller = "")
    {
        // The parser library leaves blanks at the ends of wrapped lines.
        var actual = string.Join('\n', text.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(static line => line.TrimEnd())) + "\n";
        var file = Path.Combine(Path.GetDirectoryName(caller)!, "Snapshots", name + ".txt");
        if (Environment.GetEnvironmentVariable("WINNOW_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        Assert.True(File.Exists(file), $"{file} is missing; WINNOW_UPDATE_SNAPSHOTS=1 writes it.");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
