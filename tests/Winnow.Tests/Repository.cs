using System.Runtime.CompilerServices;

namespace Winnow.Tests;

/// <summary>Where the repository's files are, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string File(string path) => System.IO.File.ReadAllText(Path.Combine(Root, path));

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Winnow.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("no Winnow.slnx above the tests");
    }
}
