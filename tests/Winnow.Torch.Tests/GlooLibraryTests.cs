using Winnow.Torch.Distributed;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class GlooLibraryTests : IDisposable
{
    private const string Name = "libwinnow_gloo.so";
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-gloo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_variable_names_a_file_or_its_folder()
    {
        var file = Put(Name);
        Assert.Equal(file, GlooLibrary.Find(file, beside: "/other", "/nowhere"));
        Assert.Equal(file, GlooLibrary.Find(_folder, beside: null, "/nowhere"));
    }

    [Fact]
    public void A_variable_that_names_nothing_is_told_and_not_passed_over()
    {
        var error = Assert.Throws<FileNotFoundException>(() => GlooLibrary.Find("/no/such/place", beside: null, _folder));
        Assert.Equal($"WINNOW_NATIVE is '/no/such/place', and there is no {Name} at that place", error.Message);
    }

    [Fact]
    public void Beside_the_program_comes_before_the_source_tree_and_that_before_the_plain_name()
    {
        var program = Path.Combine(_folder, "artifacts", "bin", "program");
        Directory.CreateDirectory(program);
        Assert.Equal(Name, GlooLibrary.Find(null, beside: null, program));
        var built = Put("artifacts", "native", Name);
        Assert.Equal(built, GlooLibrary.Find("", beside: null, program));
        Assert.Equal("/beside", GlooLibrary.Find(null, beside: "/beside", program));
    }

    [Theory]
    [InlineData("/no/such/place", "WINNOW_NATIVE is '/no/such/place', and there is no libwinnow_gloo.so at that place")]
    [InlineData("/etc/passwd", "/etc/passwd doesn't load: ")]
    public void Without_the_library_there_is_one_process_and_a_reason(string library, string reason)
    {
        using var child = new ChildProgram(new Dictionary<string, string> { ["WINNOW_NATIVE"] = library }, "availability");
        Assert.StartsWith($"Unavailable: {reason}", child.ReadLine(), StringComparison.Ordinal);
        Assert.Matches("^2 processes can't train together here: .+; train in one process, or see docs/processes.md for what to install\\.$", child.ReadLine());
        Assert.Equal(0, child.Wait());
    }

    /// <summary>libtorch has a gloo of its own inside, of another version, under the same names.</summary>
    [RanksTheory]
    [InlineData("gloo first", false)]
    [InlineData("torch first", false)]
    [InlineData("torch for all first", false)]
    [InlineData("gloo first", true)]
    public void Gloo_and_libtorch_get_along_in_whatever_order_they_are_loaded(string order, bool preloaded)
    {
        TorchRuntime.Load();
        var libtorch = TorchRuntime.LibraryPath;
        var variables = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" };
        if (preloaded)
        {
            variables["LD_PRELOAD"] = libtorch;
        }

        using var child = new ChildProgram(variables, "order", order, libtorch);
        var line = child.ReadLine();
        Assert.True(line == "999001 999001", $"{line}{child.Errors}");
        Assert.Equal(0, child.Wait());
    }

    // The allocator that ./winnow puts in glibc's place has to free what it gave, in gloo's libraries too.
    [PreloadRanksTheory]
    [InlineData("gloo first", false)]
    [InlineData("torch first", false)]
    [InlineData("torch for all first", true)]
    public void Gloo_gets_along_with_another_allocator(string order, bool refused)
    {
        TorchRuntime.Load();
        using var child = new ChildProgram(new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1", ["LD_PRELOAD"] = PreloadFactAttribute.Library! }, "order", order, TorchRuntime.LibraryPath);
        var line = child.ReadLine();
        if (refused)
        {
            child.Wait();
            Assert.Contains("tcmalloc are both loaded for the whole process (LD_PRELOAD)", line + child.Errors, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(line == "999001 999001", $"{line}{child.Errors}");
            Assert.Equal(0, child.Wait());
        }
    }

    private string Put(params string[] parts)
    {
        var file = Path.Combine([_folder, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }
}
