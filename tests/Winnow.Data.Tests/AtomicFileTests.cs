namespace Winnow.Data.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole()
    {
        _folder.Write("a", [1, 2, 3]);
        AtomicFile.Write(_folder["a"], static stream => stream.WriteByte(4));
        Assert.Equal([4], File.ReadAllBytes(_folder["a"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_fails_is_thrown_on_and_leaves_nothing_but_what_was_there()
    {
        _folder.Write("a", [1]);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder["a"], static _ => throw new InvalidOperationException()));
        Assert.Equal([1], File.ReadAllBytes(_folder["a"]));
        Directory.CreateDirectory(_folder["b"]);
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder["b"], static stream => stream.WriteByte(1)));
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(_folder["no/a"], static stream => stream.WriteByte(1)));
        Assert.Equal(["a", "b"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Two_writers_of_one_file_keep_out_of_each_others_way()
    {
        AtomicFile.Write(_folder["a"], outer =>
        {
            outer.WriteByte(1);

            // The inner one comes to its end, and another fails, while the outer one is still writing.
            AtomicFile.Write(_folder["a"], static inner => inner.WriteByte(2));
            Assert.Throws<IOException>(() => AtomicFile.Write(_folder["a"], static _ => throw new IOException("full")));
            Assert.Equal([2], File.ReadAllBytes(_folder["a"]));
            outer.WriteByte(1);
        });
        Assert.Equal([1, 1], File.ReadAllBytes(_folder["a"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Many_writers_at_once_leave_one_whole_file()
    {
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, k => AtomicFile.Write(_folder["a"], stream =>
        {
            for (var i = 0; i < 1000; i++)
            {
                stream.WriteByte((byte)k);
            }
        }));
        Assert.Equal(1000, File.ReadAllBytes(_folder["a"]).Length);
        Assert.Single(File.ReadAllBytes(_folder["a"]).Distinct());
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_name_that_a_process_of_the_same_number_is_writing_under_is_passed_over()
    {
        // In two containers processes have the same numbers.
        string? own = null;
        AtomicFile.Write(_folder["a"], stream => own = ((FileStream)stream).Name);
        var number = int.Parse(own!.Split('.')[^2], System.Globalization.CultureInfo.InvariantCulture);
        FileStream[] others = [.. Enumerable.Range(number + 1, 100).Select(k => new FileStream(_folder[$"a.{Environment.ProcessId}.{k}.tmp"], FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete))];
        AtomicFile.Write(_folder["a"], static stream => stream.WriteByte(4));
        Assert.Equal([4], File.ReadAllBytes(_folder["a"]));
        Assert.All(others, static other => Assert.True(File.Exists(other.Name)));
        Array.ForEach(others, static other => other.Dispose());
    }

    [Fact]
    public void What_a_killed_process_left_of_a_file_is_removed_by_the_next_that_writes_it()
    {
        _folder.Write("a.b.123.4.tmp", [1]);
        _folder.Write("a.123.4.tmp", [1]);
        AtomicFile.Write(_folder["a.b"], static stream => stream.WriteByte(4));
        Assert.Equal(["a.123.4.tmp", "a.b"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Leftovers_of_killed_processes_are_removed_and_what_is_being_written_isnt()
    {
        Directory.CreateDirectory(_folder["below"]);
        _folder.Write("a.123.4.tmp", [1]);
        _folder.Write("below/b.npz.99999.1.tmp", [1]);
        _folder.Write("mine.tmp", [1]);
        _folder.Write("a.1.tmp", [1]);
        AtomicFile.Write(_folder["c"], stream =>
        {
            AtomicFile.RemoveLeftovers(_folder.Path);
            stream.WriteByte(1);
        });
        AtomicFile.RemoveLeftovers(_folder["nowhere"]);
        Assert.Equal(["a.1.tmp", "c", "mine.tmp"], Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
    }
}
