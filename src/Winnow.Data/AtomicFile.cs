using System.Globalization;

namespace Winnow.Data;

/// <summary>
/// Files written whole or not at all: beside their place, flushed to the disk, renamed. A reader sees the old file or the new one, never half
/// of one, and two writers of one file never touch each other's.
/// </summary>
/// <remarks>
/// What is being written is called <c>NAME.PROCESS.NUMBER.tmp</c> and held locked. What a killed process leaves behind is removed by whoever writes
/// the same file next, or by <see cref="RemoveLeftovers"/>.
/// </remarks>
public static class AtomicFile
{
    private static int s_serial;

    /// <summary>Writes a file; one that is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. What it throws is thrown on, and the file stays as it was.</param>
    /// <exception cref="IOException">It can't be written, or the path is a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder");
        }

        Remove(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".", Path.GetFileName(path), SearchOption.TopDirectoryOnly);
        using var stream = CreateBeside(path);
        try
        {
            write(stream);
            stream.Flush(flushToDisk: true);

            // While it is still locked: nobody can take it for a leftover in between.
            File.Move(stream.Name, path, overwrite: true);
        }
        catch
        {
            DeleteQuietly(stream.Name);
            throw;
        }
    }

    /// <summary>Removes what killed processes left in a folder and those below it. What another process is writing at this moment stays.</summary>
    /// <param name="folder">The folder; nothing happens where there is none.</param>
    public static void RemoveLeftovers(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Remove(folder, name: null, SearchOption.AllDirectories);
    }

    private static void Remove(string folder, string? name, SearchOption depth)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*.tmp", depth).Where(file => IsLeftover(Path.GetFileName(file), name)))
        {
            try
            {
                // A writer holds a lock that this one excludes.
                using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody is writing it, or it isn't ours to remove. It is in nobody's way.
            }
        }
    }

    /// <summary>Whether a file's name is NAME.PROCESS.NUMBER.tmp, of any name or of this one.</summary>
    private static bool IsLeftover(string file, string? name) =>
        file.Split('.') is [.. { Length: > 0 } begin, var process, var number, "tmp"] && process.All(char.IsAsciiDigit) && number.All(char.IsAsciiDigit)
        && (name is null || string.Join('.', begin) == name);

    /// <summary>A new file beside the place, whose name nobody else has.</summary>
    private static FileStream CreateBeside(string path)
    {
        // Between the moment at which a file is there and that at which it is locked, whoever looks for leftovers may take it for one.
        const int Attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            var number = Interlocked.Increment(ref s_serial);
            var temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.{number}.tmp");
            try
            {
                var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 1 << 16);
                if (File.Exists(temporary) || attempt >= Attempts)
                {
                    return stream;
                }

                stream.Dispose();
            }
            catch (IOException) when (File.Exists(temporary) || attempt < Attempts)
            {
                // Being looked at, or of a process of this number in another container, or of one that was killed.
            }
        }
    }

    // The error that led here is the one to tell.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
