using System.Globalization;

namespace Winnow.Torch;

/// <summary>This process's threads, those of native libraries too, as Linux numbers them.</summary>
internal static class SystemThreads
{
    private const string Folder = "/proc/self/task";

    /// <summary>Their numbers; empty where the system doesn't tell, or can't now, such as without a free file handle.</summary>
    public static IReadOnlyList<int> Ids()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(Folder).Select(static folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>What a file of the kernel's says of a thread.</summary>
    /// <exception cref="IOException">It can't be read; the thread may have ended.</exception>
    public static string Read(int thread, string file) => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"{Folder}/{thread}/{file}"));
}
