using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MiniKube.Engines.Native;

/// <summary>
/// A program that passes on what it is called with: environment and input go to a socket, exit code and output come from it. Where
/// nobody listens it becomes the executable that can explain it. An engine calls its network plugin twice for every pod, and our
/// executable takes a hundred times as long to start.
/// </summary>
public static class CallProgram
{
    private const int LongestSocket = 107;

    /// <summary>Null where it isn't written for the machine: the executable does it alone there.</summary>
    public static byte[]? For(Architecture architecture, string socket, string executable)
    {
        var path = Encoding.UTF8.GetBytes(socket);
        return architecture == Architecture.X64 && path.Length <= LongestSocket ? Elf.File(Elf.X64, X64(path, Encoding.UTF8.GetBytes(executable))) : null;
    }

    private static byte[] X64(byte[] socket, byte[] executable)
    {
        var code = new X64Code();
        code.Add(0x48, 0x89, 0xE3);                                 // mov rbx, rsp: arguments, then the environment
        code.Add(0xBF, 1, 0, 0, 0, 0xBE, 1, 0, 8, 0, 0x31, 0xD2);   // unix, stream and closed on exec, 0
        code.Call(41);                                              // socket
        code.Add(0x41, 0x89, 0xC4, 0x89, 0xC7);                     // mov r12d, eax; mov edi, eax
        code.Address(0x35, "address");                              // lea rsi, address
        code.Add(0xBA, (byte)(socket.Length + 3), 0, 0, 0);
        code.Call(42);                                              // connect
        code.Add(0x85, 0xC0);
        code.Jump(0x85, "alone");                                   // nobody there
        code.Address(0x35, "zero");                                 // this is a whole call
        code.Add(0xBA, 1, 0, 0, 0);
        Send();
        code.Add(0x48, 0x8B, 0x03, 0x4C, 0x8D, 0x6C, 0xC3, 16);     // mov rax, [rbx]; lea r13, [rbx+rax*8+16]: the environment

        code.Label("variable");
        code.Add(0x49, 0x8B, 0x75, 0);                              // mov rsi, [r13]
        code.Add(0x48, 0x85, 0xF6);
        code.Jump(0x84, "input");                                   // that was the last
        code.Add(0x31, 0xD2);
        code.Label("letter");
        code.Add(0x48, 0xFF, 0xC2, 0x80, 0x7C, 0x16, 0xFF, 0);      // inc rdx; cmp byte [rsi+rdx-1], 0
        code.Jump(0x85, "letter");
        Send();
        code.Add(0x49, 0x83, 0xC5, 8);                              // add r13, 8
        code.Jump(0, "variable");

        code.Label("input");
        code.Address(0x35, "zero");
        code.Add(0xBA, 1, 0, 0, 0);
        Send();
        code.Add(0x48, 0x81, 0xEC, 0, 0x10, 0, 0);                  // sub rsp, 4096
        code.Label("more");
        code.Add(0x31, 0xFF);
        Receive(4096);
        code.Add(0x85, 0xC0);
        code.Jump(0x8E, "sent");
        code.Add(0x89, 0xC2, 0x48, 0x89, 0xE6);                     // mov edx, eax; mov rsi, rsp
        Send();
        code.Jump(0, "more");

        code.Label("sent");
        code.Add(0x44, 0x89, 0xE7, 0xBE, 1, 0, 0, 0);
        code.Call(48);                                              // shutdown for writing
        code.Add(0x41, 0xBE, 1, 0, 0, 0);                           // mov r14d, 1: unless told otherwise it failed
        code.Add(0x44, 0x89, 0xE7);
        Receive(1);
        code.Add(0x83, 0xF8, 1);
        code.Jump(0x85, "end");
        code.Add(0x44, 0x0F, 0xB6, 0x34, 0x24);                     // movzx r14d, byte [rsp]
        code.Label("output");
        code.Add(0x44, 0x89, 0xE7);
        Receive(4096);
        code.Add(0x85, 0xC0);
        code.Jump(0x8E, "end");
        code.Add(0x89, 0xC2, 0x48, 0x89, 0xE6, 0xBF, 1, 0, 0, 0);
        code.Call(1);                                               // write to the output
        code.Jump(0, "output");

        code.Label("end");
        code.Add(0x44, 0x89, 0xF7);
        code.Call(60);                                              // exit

        code.Label("alone");
        code.Address(0x3D, "executable");                           // lea rdi, executable
        code.Add(0x48, 0x8D, 0x73, 8);                              // lea rsi, [rbx+8]
        code.Add(0x48, 0x8B, 0x03, 0x48, 0x8D, 0x54, 0xC3, 16);     // mov rax, [rbx]; lea rdx, [rbx+rax*8+16]
        code.Call(59);                                              // execve
        code.Add(0x41, 0xBE, 1, 0, 0, 0);
        code.Jump(0, "end");

        code.Label("address");
        code.Add([1, 0, .. socket]);
        code.Label("zero");
        code.Add(0);
        code.Label("executable");
        code.Add([.. executable, 0]);
        return code.ToBytes();

        void Send()
        {
            code.Add(0x44, 0x89, 0xE7);                             // mov edi, r12d
            code.Call(1);                                           // write
        }

        void Receive(int most)
        {
            code.Add([0x48, 0x89, 0xE6, 0xBA, .. Four(most)]);      // mov rsi, rsp; mov edx, most
            code.Call(0);                                           // read
        }
    }

    private static byte[] Four(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>Machine code whose jumps and addresses are known when all of it is there.</summary>
    private sealed class X64Code
    {
        private readonly List<byte> bytes = [];
        private readonly Dictionary<string, int> labels = [];
        private readonly List<(int At, string Label)> open = [];

        public void Add(params byte[] some) => bytes.AddRange(some);

        public void Label(string name) => labels[name] = bytes.Count;

        /// <summary>mov eax, number; syscall.</summary>
        public void Call(int number) => Add([0xB8, .. Four(number), 0x0F, 0x05]);

        /// <summary>lea of what lies here.</summary>
        public void Address(byte register, string label) => To(label, 0x48, 0x8D, register);

        /// <summary>By a condition, or always.</summary>
        public void Jump(byte condition, string label) => To(label, condition == 0 ? [0xE9] : [0x0F, condition]);

        public byte[] ToBytes()
        {
            var whole = bytes.ToArray();
            foreach (var (at, label) in open) BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(at), labels[label] - at - 4);
            return whole;
        }

        private void To(string label, params byte[] operation)
        {
            Add(operation);
            open.Add((bytes.Count, label));
            Add(0, 0, 0, 0);
        }
    }
}
