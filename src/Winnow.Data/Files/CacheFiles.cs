namespace Winnow.Data.Files;

/// <summary>Files of a cache folder that nobody else removes.</summary>
internal static class CacheFiles
{
    /// <summary>How long a file is kept that nobody reads.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Removes those that nobody has read for so long.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="ending">What the names of one kind end in, before what is added for locks and files that are being written.</param>
    public static void RemoveOld(string folder, string ending)
    {
        var oldest = TimeProvider.System.GetUtcNow().UtcDateTime - Kept;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*" + ending + "*").Where(file => file.LastWriteTimeUtc < oldest))
        {
            try
            {
                file.Delete();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It isn't ours to remove, and in nobody's way.
            }
        }
    }
}
