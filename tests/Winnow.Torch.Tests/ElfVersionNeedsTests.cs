using System.Buffers.Binary;
using System.Text;
using Winnow.Torch.Loading;

namespace Winnow.Torch.Tests;

/// <summary>Version needs made weak, on TorchSharp's own library and on damaged copies of it.</summary>
public sealed class ElfVersionNeedsTests
{
    private const string Missing = "GLIBCXX_3.4.32";

    // The library that the package brings; other systems' binaries aren't ELF.
    private static readonly byte[]? s_library = OperatingSystem.IsLinux() && NativeFiles.Find("LibTorchSharp") is { } path ? File.ReadAllBytes(path) : null;

    [LinuxFact]
    public void Only_the_flags_of_the_needs_that_are_named_change()
    {
        var mended = ElfVersionNeeds.Loosen(s_library!, [Missing])!;
        Assert.Equal(s_library!.Length, mended.Length);
        var different = Enumerable.Range(0, mended.Length).Where(at => mended[at] != s_library[at]).ToArray();
        var only = Assert.Single(different);
        Assert.Equal((0, 2), (s_library[only], mended[only]));

        // vna_hash stands four bytes before vna_flags: the System V hash of the name.
        Assert.Equal(Hash(Missing), BinaryPrimitives.ReadUInt32LittleEndian(mended.AsSpan(only - 4)));
    }

    [LinuxFact]
    public void A_version_that_a_relocation_uses_is_not_loosened()
    {
        Assert.Null(ElfVersionNeeds.Loosen(s_library!, ["GLIBC_2.2.5"]));
        Assert.Null(ElfVersionNeeds.Loosen(s_library!, [Missing, "GLIBC_2.14"]));
    }

    [LinuxFact]
    public void A_version_that_isnt_needed_is_said_to_be_none() => Assert.Null(ElfVersionNeeds.Loosen(s_library!, ["GLIBCXX_9.9.9"]));

    [Fact]
    public void Files_of_another_kind_are_left_alone()
    {
        Assert.Null(ElfVersionNeeds.Loosen([], [Missing]));
        Assert.Null(ElfVersionNeeds.Loosen(Encoding.ASCII.GetBytes("#!/bin/sh\n"), [Missing]));
        Assert.Null(ElfVersionNeeds.Loosen([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1], [Missing]));
    }

    // A damaged file gives null or a copy of the same length, and never an exception or an endless loop.
    [LinuxFact]
    public void Damaged_headers_end_quietly()
    {
        var state = 1u;
        for (var round = 0; round < 400; round++)
        {
            var damaged = (byte[])s_library!.Clone();
            for (var k = 0; k < 3; k++)
            {
                state = (state * 1664525) + 1013904223;
                damaged[state % 0x1000] = (byte)(state >> 24);
            }

            if (ElfVersionNeeds.Loosen(damaged, [Missing]) is { } mended)
            {
                Assert.Equal(damaged.Length, mended.Length);
            }
        }

        for (var length = 0; length < 2048; length += 37)
        {
            Assert.Null(ElfVersionNeeds.Loosen(s_library![..length], [Missing]));
        }
    }

    private static uint Hash(string name)
    {
        uint hash = 0;
        foreach (var letter in name)
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class LinuxFactAttribute : FactAttribute
    {
        public LinuxFactAttribute() => Skip = s_library is null ? "TorchSharp's library isn't an ELF file here" : null!;
    }
}
